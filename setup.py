"""Read by catkin_python_setup(), and by pip through pyproject.toml.

Name, version, description, maintainer and licence are those of package.xml for both.
"""

from pathlib import Path

from catkin_pkg.python_setup import generate_distutils_setup
from setuptools import find_packages, setup

# Where files.share_dir() looks below the installation's prefix, and where CMakeLists.txt puts
# the same files.
SHARE = Path("share/lightweight_openpose")


def data_files():
    """What the core reads, as pairs of a folder below the prefix and a list of files."""
    found = [Path("package.xml"), Path("LICENSE"), Path("NOTICE")]  # NOTICE goes with the models
    for folder in ("config", "models", "web"):
        found += [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return [(str(SHARE / path.parent), [str(path)]) for path in found]


setup(
    **generate_distutils_setup(
        packages=find_packages("src"),
        package_dir={"": "src"},
        data_files=data_files(),
    )
)
