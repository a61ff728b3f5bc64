// HTTP/1.1 on the loop: libmicrohttpd does the protocol, here is who is heard and for how long. A connection whose
// answer takes time is suspended meanwhile. All on the loop's thread.
#pragma once
#include <memory>

#include "controller/web/http_message.hpp"
#include "controller/web/listener.hpp"
#include "shared/core/units.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller::web {

struct HttpLimits {
    // Grafana keeps some dozens. Over it whoever has been silent for longest is cut.
    size_t connections_max = 256;
    // Request line and headers; Grafana's longest queries come as POST. Of more than 32 KiB libmicrohttpd has the
    // kernel map each connection's memory anew, which costs as much as a small query.
    Bytes head_max = 32_KiB;
    Bytes body_max = 1_MiB;
    // Between a client's connection or its last answer, and the first line of its next request. Go's clients close idle
    // connections themselves after 90 s: who closes later than they do never cuts a request off.
    milliseconds quiet_max{2min};
    // From the first line of a request to its last byte, and from the first byte of an answer to its last.
    milliseconds receive_max{20s};
    milliseconds send_max{1min};
    // Answers that clients have not read yet. One may have 15 MB; over it others are told to come back.
    Bytes unread_max = 256_MiB;
};

struct HttpCounts {
    uint64_t connections = 0;  // open now
    uint64_t accepted = 0;     // since the start
    uint64_t cut = 0;          // for time or number
};

class HttpServer final : public HttpAnswers {
  public:
    // Listens, and answers once the loop runs. Keeps the references.
    static Result<std::unique_ptr<HttpServer>> open(Loop& loop, const Clock& clock, const ListenAddress& where,
                                                    HttpApp& app, HttpLimits limits = {});
    // Closes all connections; exchanges under way get no answer and are not told of.
    ~HttpServer() override;
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void answer(ExchangeId exchange, HttpResponse response) override;

    const std::string& endpoint() const;  // ADDRESS:PORT, with the real port
    HttpCounts counts() const;

    // Cuts whoever is over a limit of time; once a second by itself.
    void cut_late();

  private:
    struct State;
    explicit HttpServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace vigie::controller::web
