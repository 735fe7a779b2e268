"""Notices that the master was restarted, with which rospy does not register a node again."""

from __future__ import annotations

import threading
from http.client import HTTPException
from typing import Any, Dict, Mapping, Optional
from xmlrpc.client import Error as XmlRpcError

import rosgraph
import rospy

PERIOD = 2.0  # s between two looks
_NO_ANSWER = (OSError, HTTPException, XmlRpcError, rosgraph.MasterException)


class MasterWatch:
    """Says when the master is another than the one that the node registered with.

    Before that it gives the new master the node's private parameters, as they were last: who
    starts the node again, as roslaunch does with `respawn`, does not set them again, and without
    them it would run by its defaults. While there is no master nothing happens: nodes that are
    connected go on without.
    """

    def __init__(self) -> None:
        """To be made right behind rospy.init_node(): the master of this moment is the node's."""
        self._master = rosgraph.Master(rospy.get_name())
        self._run_id = self._look()
        self._parameters = self._private() or {}
        self._gone = False
        self._replaced = threading.Event()  # the node has to end

    def spin(self) -> None:
        """rospy.spin() that shuts down and exits with 1 when the master was restarted.

        A master without /run_id cannot be distinguished from another.
        """
        if self._run_id is not None:
            threading.Thread(target=self._run, daemon=True).start()
        while not rospy.is_shutdown() and not self._replaced.wait(0.5):
            pass
        if self._replaced.is_set():
            rospy.signal_shutdown("the master was restarted")  # here: the process waits for it
            raise SystemExit(1)

    def _run(self) -> None:
        while not rospy.is_shutdown() and not self._replaced.is_set():
            self._compare(self._look())
            self._replaced.wait(PERIOD)

    def _compare(self, run_id: Optional[str]) -> None:
        name = rospy.get_name()
        if run_id is None:
            if not self._gone:
                rospy.logwarn("%s: the master is gone; what is connected goes on", name)
            self._gone = True
        elif run_id == self._run_id:
            if self._gone:
                rospy.loginfo("%s: the master is back", name)
            self._gone = False
            self._parameters = self._private() or self._parameters
        else:
            self._leave(name)

    def _leave(self, name: str) -> None:
        self._give_back(name, self._parameters)
        rospy.logfatal(
            "%s: the master was restarted and does not know this node: it ends, to be "
            "started again (by respawn of roslaunch, or by hand)",
            name,
        )
        self._replaced.set()

    def _give_back(self, under: str, parameters: Mapping[str, Any]) -> None:
        """Set what the new master lacks."""
        try:
            for name, value in parameters.items():
                if isinstance(value, dict):
                    self._give_back(f"{under}/{name}", value)
                elif not self._master.hasParam(f"{under}/{name}"):
                    self._master.setParam(f"{under}/{name}", value)
        except _NO_ANSWER as error:
            rospy.logerr("%s: parameters could not be given back: %s", rospy.get_name(), error)

    def _look(self) -> Optional[str]:
        """The run id of the master; None while there is none, or it is just starting."""
        try:
            return self._master.getParam("/run_id")
        except _NO_ANSWER:
            return None

    def _private(self) -> Optional[Dict[str, Any]]:
        """The node's private parameters; None when there are none."""
        try:
            return self._master.getParam(rospy.get_name())
        except _NO_ANSWER:
            return None
