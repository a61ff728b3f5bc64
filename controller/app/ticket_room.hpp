// The parts of the controller that tickets need, put together: who follows alerts, who tells, and their timers.
#pragma once
#include "controller/app/ticket_follower.hpp"
#include "controller/notify/curl_channel.hpp"
#include "controller/notify/notice_sender.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

class TicketRoom {
  public:
    // Keeps the references. Errors are the store's and libcurl's.
    static Result<std::unique_ptr<TicketRoom>> open(Loop& loop, const StateStore& store, CommitQueue& committer,
                                                    Clock& clock, Random& random, tickets::Options options,
                                                    std::vector<notify::Receiver> receivers,
                                                    const routing::Routing& routing);
    // What changes alerts or tickets is submitted here.
    TicketFollower& commits() { return follower_; }
    // On the loop: begins to tick and to tell.
    void start();
    // Before the committer ends.
    void stop() { sender_.stop(); }
    // Any thread: what tickets tell and nobody hears.
    notify::NoticeTroubles troubles() const { return sender_.troubles(); }

  private:
    TicketRoom(Loop& loop, const StateStore& store, CommitQueue& committer, Clock& clock, Random& random,
               std::unique_ptr<notify::CurlChannel> channel, tickets::Options options,
               std::vector<notify::Receiver> receivers, const routing::Routing& routing);

    std::unique_ptr<notify::CurlChannel> channel_;
    notify::NoticeSender sender_;
    TicketFollower follower_;
    Timer tick_timer_;
    Timer retire_timer_;
};

}  // namespace vigie::controller
