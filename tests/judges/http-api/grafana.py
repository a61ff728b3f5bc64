"""The requests that Grafana's Prometheus data source makes (pkg/promlib/client of Grafana 9 to 12, and Go's HTTP client below it),
byte by byte. By default it POSTs; where it gets 405 or 400 it tries GET."""
PLACE = b"HOST:PORT"
HEADERS = b"Host: " + PLACE + b"\r\nUser-Agent: Grafana/10.4.2\r\n"
TAIL = b"Accept-Encoding: gzip\r\n\r\n"


def get(target):
    return b"GET " + target + b" HTTP/1.1\r\n" + HEADERS + TAIL


def post(path, body):
    return (b"POST " + path + b" HTTP/1.1\r\n" + HEADERS + b"Content-Length: " + str(len(body)).encode() +
            b"\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Datasource-Uid: P1809F7CD0C75ACF3\r\n"
            b"X-Grafana-Org-Id: 1\r\n" + TAIL + body)


def requests(start_s, end_s):
    """(what it is for, bytes with PLACE where the host stands)."""
    start, end = str(start_s).encode(), str(end_s).encode()
    span = b"end=" + end + b"&start=" + start
    up = b"&match%5B%5D=up"
    yield "Save & test", post(b"/api/v1/query", b"query=1%2B1&time=4")
    yield "a panel", post(b"/api/v1/query_range", b"end=" + end + b"&query=sum+by+%28instance%29+%28rate%28node_cpu_seconds_total%7B"
                          b"mode%21%3D%22idle%22%7D%5B1m0s%5D%29%29&start=" + start + b"&step=15")
    yield "a panel with fractions", post(b"/api/v1/query_range", b"end=" + end + b".5&query=node_load1&start=" + start +
                                         b".25&step=30.5&timeout=60s")
    yield "a table", post(b"/api/v1/query", b"query=node_load1&time=" + end)
    yield "a data source that is set to GET", get(b"/api/v1/query?query=up&time=" + end)
    yield "exemplars of a panel", post(b"/api/v1/query_exemplars", b"end=" + end + b"&query=up&start=" + start)
    yield "a variable of label values", get(b"/api/v1/label/instance/values?" + span)
    yield "label_values(up, instance)", get(b"/api/v1/label/instance/values?" + span + up)
    yield "the labels of the query builder", post(b"/api/v1/labels", span + up)
    yield "all labels", post(b"/api/v1/labels", span)
    yield "the series of a selector", post(b"/api/v1/series", span + b"&match%5B%5D=%7Binstance%3D%22web-1%22%7D")
    yield "the names of metrics", get(b"/api/v1/label/__name__/values?" + span)
    yield "metadata where only GET goes", post(b"/api/v1/metadata", b"")
    yield "an expression made pretty", post(b"/api/v1/format_query", b"query=up%7B%7D")
    yield "which kind of server", get(b"/api/v1/status/buildinfo")
