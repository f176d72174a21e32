"""How gunicorn runs httpbin: one process that answers, threads for those who wait."""

import sys

bind = "unix:/run/httpbin/http.sock"
workers = 1
# /delay/10 holds a thread for ten seconds; a class may well ask for it thirty times at once.
worker_class = "gthread"
threads = 32
# The worker proves that it lives by touching a file, which must not wait for a disk.
worker_tmp_dir = "/run/httpbin"
control_socket_disable = True

# httpbin draws its front page with Swagger if it finds flasgger, which takes longer to import
# than all the rest (60 ms). The front page is this host's own, so nobody would see it.
sys.modules["flasgger"] = None  # type: ignore[assignment]
