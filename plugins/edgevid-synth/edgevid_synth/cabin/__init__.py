"""The inside of a car: sizes by chance, and meshes made from them."""
