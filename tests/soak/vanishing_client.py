"""Opens event streams, then vanishes from the network without closing them.

usage: vanishing_client.py PORT TOKEN COUNT
Prints "open" once every stream has begun. After a line on standard input it drops all packets for its sockets, as if its
machine were gone, and prints "gone". Ends with standard input.
"""
import ctypes
import socket
import struct
import sys

SO_ATTACH_FILTER = 26
RETURN_NOTHING = struct.pack('HBBI', 0x06, 0, 0, 0)  # BPF_RET | BPF_K, 0: keeps no byte of any packet


def open_stream(port, token):
    client = socket.create_connection(('127.0.0.1', port), timeout=20)
    client.sendall(f'GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n'.encode())
    received = b''
    while b'event: SESSIONS_UPDATED' not in received:
        received += client.recv(65536) or sys.exit(f'no stream: {received!r}')
    return client


def vanish(client):
    program = ctypes.create_string_buffer(RETURN_NOTHING, len(RETURN_NOTHING))
    client.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack('HL', 1, ctypes.addressof(program)))


port, token, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
clients = [open_stream(port, token) for _ in range(count)]
print('open', flush=True)
sys.stdin.readline()
for one in clients:
    vanish(one)
print('gone', flush=True)
sys.stdin.read()
