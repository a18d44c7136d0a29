"""libcurl's handle for one call at a time, which comes whole, or step by step.

Whole, libcurl does all by itself, under one deadline. Step by step it leaves the waiting to whoever
drives it by ``socket_action``. So a silence has a limit of its own, which libcurl knows in whole
seconds only, and a descriptor may be of any number, which ``select`` can't.
"""

import math
import select
import time
from functools import cached_property

import pycurl

from jss_layout.deadline import call

HOSTS = 4  # with which a handle keeps a connection
EVENTS = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}


class Handle:
    """A handle of libcurl, the connections that it keeps, and the sockets that it waits for.

    ``kind`` says for which calls its options stand; None where they hold for none.
    """

    def __init__(self) -> None:
        self.easy = pycurl.Curl()
        self.kind: tuple[object, ...] | None = None
        self._sockets = select.poll()
        self._wakes_at = math.inf
        self._heard_at = -math.inf
        self._kept_socket = -1
        self._kept = select.poll()
        self._running = 0
        self._is_in_steps = False

    @cached_property
    def _multi(self) -> pycurl.CurlMulti:
        """What leads through the steps; it keeps two descriptors, so whole calls do without."""
        multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_MAXCONNECTS, HOSTS)
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        return multi

    def is_fit(self) -> bool:
        """Whether its connection is still open, and as silent as one must be between calls.

        libcurl trusts a connection that it used within the last second.
        """
        return self._kept_socket < 0 or not self._kept.poll(0)

    def perform(self, seconds: float) -> int:
        """Do all that the options of ``easy`` say within so many seconds; libcurl's code.

        Optimization: it takes half of what the steps take, most of which are calls of Python's.
        """
        if seconds <= 0:
            return int(pycurl.E_OPERATION_TIMEDOUT)
        milliseconds = 0 if seconds == math.inf else max(1, int(seconds * 1000))
        self.easy.setopt(pycurl.TIMEOUT_MS, milliseconds)
        try:
            self.easy.perform()
        except pycurl.error as error:
            return int(error.args[0])
        return int(pycurl.E_OK)

    def start(self) -> None:
        """Begin what the options of ``easy`` say, for ``step`` to go on with."""
        self._heard_at = time.monotonic()
        self._is_in_steps = True
        self._multi.add_handle(self.easy)
        # Optimization: libcurl wants to be called at once, so no socket is waited for.
        _, self._running = self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def step(self) -> int | None:
        """Wait for what happens next and deal with it; libcurl's code once all is done.

        Raises ``TimeoutError`` when the deadline passes, or the silence is too long.
        """
        if self._running:
            self._wait_and_act()
        return None if self._running else self._code()

    def stop(self) -> None:
        """End it. Its connection is kept if all was read, and nothing of what a visitor sent."""
        self._keep(self.easy.getinfo(pycurl.ACTIVESOCKET))
        if self._is_in_steps:
            self._is_in_steps = False
            self._multi.remove_handle(self.easy)
        self.easy.unsetopt(pycurl.HTTPHEADER)
        if self.kind is None:
            self.easy.reset()
        self._wakes_at = math.inf

    def close(self) -> None:
        """Close its connections; it is not used again."""
        self.easy.close()
        if "_multi" in self.__dict__:
            self._multi.close()

    def _keep(self, socket: int) -> None:
        if socket != self._kept_socket:
            self._kept_socket, self._kept = socket, select.poll()
            if socket >= 0:
                self._kept.register(socket, select.POLLIN)

    def _wait_and_act(self) -> None:
        now = time.monotonic()
        ends = min(call.ends, self._heard_at + call.silence)
        wakes_at = self._wakes_at
        if ends <= now:
            raise TimeoutError("the deadline of the call has passed")
        until = min(ends, wakes_at)
        ready = self._sockets.poll(None if until == math.inf else max(0, until - now) * 1000)
        if ready:
            self._heard_at = time.monotonic()
        elif wakes_at <= ends:
            ready = [(pycurl.SOCKET_TIMEOUT, 0)]
        for socket, _ in ready:
            _, self._running = self._multi.socket_action(socket, 0)

    def _code(self) -> int:
        _, _, failed = self._multi.info_read()
        return int(failed[0][1]) if failed else pycurl.E_OK

    def _watch(self, what: int, socket: int, _multi: object, _data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self._sockets.unregister(socket)
        else:
            self._sockets.register(socket, EVENTS.get(what, 0))

    def _set_timer(self, milliseconds: int) -> None:
        self._wakes_at = math.inf if milliseconds < 0 else time.monotonic() + milliseconds / 1000
