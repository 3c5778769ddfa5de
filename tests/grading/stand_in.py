"""A nursery in place of the worker's: runs each piece of code it gets in a confined child, says what came."""

import json
import os
import socket
import sys

import confine
import numpy  # as the worker does: before any child

assert numpy
channel = socket.socket(fileno=int(sys.argv[1]))
for line in channel.makefile():
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        confine.confine_child(order["seconds"], order["memory"], (channel.fileno(),))
        try:
            names: dict[str, object] = {}
            exec(order["code"], names)
            told = {"result": names.get("result")}
        except BaseException as error:
            told = {"error": type(error).__name__, "text": str(error)}
        channel.sendall(json.dumps(told).encode() + b"\n")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    channel.sendall(json.dumps({"end": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
