"""A Ray cluster for tests, in a process of its own; not a test itself.

It says where its head is and which process each node is. ``add`` on its input adds a node, the end
of its input ends it.
"""

import json
import sys

from ray.cluster_utils import Cluster

STORE_BYTES = 100 << 20
# Ray counts GPUs as it is told: no real one is needed to share it out.
WORKER = {"num_cpus": 1, "num_gpus": 1, "object_store_memory": STORE_BYTES}


def say(cluster, node):
    raylet = node.all_processes["raylet"][0].process.pid
    sys.stdout.write(json.dumps({"address": cluster.address, "raylet": raylet}) + "\n")
    sys.stdout.flush()


def main():
    # Nothing is decoded or scored on the head: every node that is lost was at work.
    head = {
        "num_cpus": 0,
        "num_gpus": 0,
        "object_store_memory": STORE_BYTES,
        "include_dashboard": False,
    }
    cluster = Cluster(initialize_head=True, head_node_args=head)
    say(cluster, cluster.head_node)
    say(cluster, cluster.add_node(**WORKER))
    for line in sys.stdin:
        if line.strip() == "add":
            say(cluster, cluster.add_node(**WORKER))
    cluster.shutdown()


if __name__ == "__main__":
    main()
