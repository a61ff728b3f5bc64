// One connection of a probe, with one deadline for all that is done with it. Blocks: the worker's process does nothing
// else. Only a name that a resolver does not answer may take longer; the daemon ends the worker then.
#pragma once
#include <netinet/in.h>

#include <string>

#include "shared/core/error.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {

class Connection {
  public:
    // TCP. Tries the name's addresses one after the other, each with its share of the time. `clock` must outlive it.
    static Result<Connection> open(const std::string& host, int64_t port, const Clock& clock, MonoTime deadline);
    // A UDP socket that only hears that peer; the first address is used.
    static Result<Connection> open_udp(const std::string& host, int64_t port, const Clock& clock, MonoTime deadline);

    Result<void> send(std::string_view bytes);
    // Some bytes, at most bytes_max at once; of UDP one datagram. unavailable: the peer closed. timed_out: none came.
    Result<std::string> receive();

    // Reads until `parse` has a whole reply. It takes all bytes so far that no reply has used, and gives a
    // Result<std::optional<R>>, where R has a member `consumed`; nothing means that more must come.
    template <typename Parse>
    auto read_reply(Parse parse) -> Result<typename decltype(parse(std::string_view()))::value_type::value_type> {
        for (;;) {
            VIGIE_TRY(auto reply, parse(std::string_view(pending_)));
            if (reply) {
                pending_.erase(0, reply->consumed);
                return std::move(*reply);
            }
            if (pending_.size() > reply_bytes_max) {
                return fail(ErrorCode::too_large, "{}: a reply of more than {} bytes", peer_, reply_bytes_max);
            }
            VIGIE_TRY(const auto more, receive());
            pending_ += more;
        }
    }

    const std::string& peer() const { return peer_; }  // "127.0.0.1:6379", for messages
    int family() const { return family_; }             // AF_INET or AF_INET6

  private:
    static constexpr size_t bytes_max = 4096;
    // The longest that a healthy server sends: redis' INFO and AMQP's table of properties have below 16 KiB.
    static constexpr size_t reply_bytes_max = 64 * 1024;

    Connection(Fd socket, std::string peer, int family, const Clock& clock, MonoTime deadline)
        : socket_(std::move(socket)), peer_(std::move(peer)), family_(family), clock_(&clock), deadline_(deadline) {}
    static Result<Connection> open_any(int type, const std::string& host, int64_t port, const Clock& clock,
                                       MonoTime deadline);
    Result<void> wait(short events, std::string_view what) const;

    Fd socket_;
    std::string peer_;
    int family_;
    const Clock* clock_;
    MonoTime deadline_;
    std::string pending_;
};

}  // namespace vigie::agent
