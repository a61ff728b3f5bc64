#include "controller/app/ticket_room.hpp"

namespace vigie::controller {

TicketRoom::TicketRoom(Loop& loop, const StateStore& store, CommitQueue& committer, Clock& clock, Random& random,
                       std::unique_ptr<notify::CurlChannel> channel, tickets::Options options,
                       std::vector<notify::Receiver> receivers, const routing::Routing& routing)
    : channel_(std::move(channel)),
      sender_(store, committer, clock, random, *channel_, std::move(receivers), &routing, options.external_url),
      follower_(committer, store, clock, std::move(options), [this] { sender_.wake(); }),
      tick_timer_(loop, [this] { follower_.tick(); }),
      retire_timer_(loop, [this] { follower_.retire(); }) {}

Result<std::unique_ptr<TicketRoom>> TicketRoom::open(Loop& loop, const StateStore& store, CommitQueue& committer,
                                                     Clock& clock, Random& random, tickets::Options options,
                                                     std::vector<notify::Receiver> receivers,
                                                     const routing::Routing& routing) {
    VIGIE_TRY(auto channel, notify::CurlChannel::open());
    std::unique_ptr<TicketRoom> room(new TicketRoom(loop, store, committer, clock, random, std::move(channel),
                                                    std::move(options), std::move(receivers), routing));
    VIGIE_CHECK(room->follower_.book().load());
    return room;
}

void TicketRoom::start() {
    sender_.start();
    tick_timer_.start_every(1s);
    retire_timer_.start_every(1h);
}

}  // namespace vigie::controller
