#!/usr/bin/env bash
# Installs what the package needs and builds it in .ws: setup.sh [test]. Does nothing that is done already.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || { echo "setup: sudo is not installed: run this as root" >&2; exit 1; }
  sudo "$@"
}

known_system() {  # ends with one line where the distribution has no ROS 1; $1: its os-release
  [ ! -d /opt/ros/noetic ] || return 0
  local id version
  # shellcheck disable=SC1090
  id=$(. "$1"; echo "${ID:-linux}")
  # shellcheck disable=SC1090
  version=$(. "$1"; echo "${VERSION_ID:-}")
  case "$id $version" in
    "debian 11"*|"debian 12"*|"debian 13"*|"raspbian 11"*|"raspbian 12"*|"raspbian 13"*|"ubuntu 22.04") ;;
    *)
      echo "setup: $id $version has no ROS 1: take Debian 11, 12 or 13, Ubuntu 22.04, Ubuntu 20.04 with" \
        "/opt/ros/noetic, or the container (doc/docker.md)" >&2
      exit 1
      ;;
  esac
}

system_packages() {  # $1: "test" for what only tests need, too
  local wanted="python3-venv python3-pip python3-numpy python3-opencv python3-scipy python3-tqdm python3-yaml g++ cmake make"
  if [ -d /opt/ros/noetic ]; then
    wanted="$wanted ros-noetic-cv-bridge ros-noetic-diagnostic-updater ros-noetic-dynamic-reconfigure
      ros-noetic-message-filters ros-noetic-rosbag ros-noetic-rostest ros-noetic-tf2-ros ros-noetic-visualization-msgs"
    [ -z "${DISPLAY:-}" ] || wanted="$wanted ros-noetic-rviz"
  else
    wanted="$wanted ca-certificates catkin python3-catkin-pkg python3-empy ros-environment ros-message-generation ros-message-runtime ros-std-msgs
      ros-geometry-msgs ros-sensor-msgs ros-diagnostic-msgs libstd-msgs-dev
      libgeometry-msgs-dev libsensor-msgs-dev python3-diagnostic-msgs python3-geometry-msgs python3-sensor-msgs
      python3-std-msgs libdynamic-reconfigure-config-init-mutex-dev
      python3-dynamic-reconfigure python3-cv-bridge python3-diagnostic-updater python3-message-filters python3-rosbag
      python3-roslaunch python3-rosmsg python3-rosnode python3-rospy python3-rosservice python3-rostest python3-rostopic
      python3-tf2-ros python3-visualization-msgs librostest-dev rosbash rosout"
    [ -z "${DISPLAY:-}" ] || wanted="$wanted rviz"
  fi
  if [ "$1" = test ]; then
    wanted="$wanted liburdfdom-tools"
    if [ -d /opt/ros/noetic ]; then
      wanted="$wanted ros-noetic-camera-calibration"
    else
      wanted="$wanted python3-camera-calibration python3-image-geometry"
    fi
  fi
  local missing=""
  for p in $wanted; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  as_root apt-get update -q
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

python_packages() {  # $1: requirements file
  local stamp=".venv/.$1.sha256"
  [ -x .venv/bin/python ] || { say "making .venv"; /usr/bin/python3 -m venv --system-site-packages .venv; }
  if [ -f "$stamp" ] && sha256sum --check --status "$stamp"; then return 0; fi
  say "installing Python packages of $1"
  # What the distribution compiled (OpenCV, SciPy) wants the numpy that it was compiled for.
  local numpy
  numpy=$(/usr/bin/python3 -c 'import numpy; print(numpy.__version__.split(".")[0])')
  echo "numpy>=$((numpy)),<$((numpy + 1))" > .venv/constraints.txt
  .venv/bin/python -m pip install --upgrade-strategy only-if-needed -c .venv/constraints.txt -r "$1"
  sha256sum requirements*.txt > "$stamp"
}

workspace() {
  # A folder of links, not a link to this folder: rosrun would follow .ws in it round and round.
  local package=.ws/src/lightweight_openpose
  [ ! -L "$package" ] || rm "$package"
  mkdir -p "$package" .cache
  touch .ws/CATKIN_IGNORE  # for a workspace that this folder may lie in
  find "$package" ! -type d -delete
  local entry
  for entry in * .cache; do  # samples of the tests
    [ "$entry" = out ] || [ "$entry" = build ] || ln -s "../../../$entry" "$package/$entry"
  done
  cp --remove-destination package.xml "$package"  # catkin would install the link
  local key
  key=$(cat CMakeLists.txt package.xml setup.py msg/* srv/* cfg/* | sha256sum; ls -I __pycache__ scripts src/lightweight_openpose)
  if [ -f .ws/built ] && [ "$key" = "$(cat .ws/built)" ]; then return 0; fi
  say "building the catkin workspace .ws"
  # catkin of Debian 13 looks for the second name, others for the first.
  local python="$PWD/.venv/bin/python"
  (cd .ws && catkin_make -DPYTHON_EXECUTABLE="$python" -DPython_EXECUTABLE="$python" -DCMAKE_BUILD_TYPE=Release)
  echo "$key" > .ws/built
}

known_system /etc/os-release
# shellcheck disable=SC1091
[ ! -f /opt/ros/noetic/setup.bash ] || { set +u; . /opt/ros/noetic/setup.bash; set -u; }
system_packages "${1:-}"
python_packages "requirements${1:+-$1}.txt"
workspace
