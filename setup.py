"""Read by catkin_python_setup(), and by pip through pyproject.toml.

Name, version, description, maintainer and licence are those of package.xml for both.
"""

from pathlib import Path

from catkin_pkg.python_setup import generate_distutils_setup
from setuptools import find_packages, setup
from setuptools.command.install import install

# Where files.share_dir() looks below the installation's prefix, and where CMakeLists.txt puts
# the same files.
SHARE = Path("share/lightweight_openpose")


def data_files():
    """What the core reads, as pairs of a folder below the prefix and a list of files."""
    found = [Path("package.xml"), Path("LICENSE"), Path("NOTICE")]  # NOTICE goes with the models
    for folder in ("config", "models", "web"):
        found += [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    return [(str(SHARE / path.parent), [str(path)]) for path in found]


class DebianInstall(install):
    """`install` with the --install-layout=deb that catkin passes on Debian.

    The distutils of Debian know it, and on Debian 12 and newer hand it to every setuptools. On
    Debian 11 setuptools 60 and newer, which pip puts into a virtual environment, refuse it.
    """

    user_options = [*install.user_options, ("install-layout=", None, "deb: as Debian's own Python")]

    def initialize_options(self):  # noqa: D102 of setuptools
        super().initialize_options()
        self.install_layout = None

    def finalize_options(self):  # noqa: D102 of setuptools
        if self.install_layout == "deb" and self.prefix and not self.install_lib:
            self.install_lib = str(Path(self.prefix) / "lib/python3/dist-packages")
        super().finalize_options()


known = any(option[0] == "install-layout=" for option in install.user_options)

setup(
    cmdclass={} if known else {"install": DebianInstall},
    **generate_distutils_setup(
        packages=find_packages("src"),
        package_dir={"": "src"},
        package_data={"lightweight_openpose": ["py.typed"]},  # its types are for who imports it
        data_files=data_files(),
    ),
)
