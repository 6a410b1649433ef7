"""Public names; see ``edgevid.lazy``."""

from edgevid.backends.bundle import clip_inputs as clip_inputs
from edgevid.backends.bundle import frame_inputs as frame_inputs
from edgevid.backends.bundle import read_card as read_card
from edgevid.backends.golden import check_golden as check_golden
from edgevid.backends.golden import compare as compare
from edgevid.backends.golden import golden_difference as golden_difference
from edgevid.backends.golden import golden_inputs as golden_inputs
from edgevid.backends.graph_listing import list_graph as list_graph
from edgevid.backends.select import Rejected as Rejected
from edgevid.backends.select import open_backend as open_backend
from edgevid.backends.select import open_each as open_each
from edgevid.backends.weights_file import Maker as Maker
from edgevid.backends.weights_file import read_maker as read_maker
from edgevid.backends.weights_file import read_safetensors as read_safetensors
from edgevid.backends.weights_file import write_safetensors as write_safetensors
