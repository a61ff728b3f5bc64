// Asks systemd over the bus before each collection. One connection, kept between rounds and closed when a round does
// not end; whoever waits for a round waits for `patience` and no longer.
#pragma once
#include <memory>
#include <string>

#include "agent/collect/systemd.hpp"
#include "agent/systemd/unit_talk.hpp"
#include "shared/loop/stream_client.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

struct UnitSourceOptions {
    std::string socket;  // of the bus: "/run/dbus/system_bus_socket"
    SystemdOptions units;
    // systemd takes some milliseconds for hundreds of units; the collection is later by what it takes.
    milliseconds patience{250};  // as long as the deadline or longer: until the round ends
    milliseconds deadline{5s};   // a bus that has not answered by then hangs
    bool operator==(const UnitSourceOptions&) const = default;
};
// Where the host has its bus.
UnitSourceOptions unit_source_options(const CollectOptions& options);

class UnitSource final : public SystemdSource {
  public:
    // Both must outlive it. All on the loop's thread.
    UnitSource(Loop& loop, Files& files, UnitSourceOptions options);
    ~UnitSource() override;
    UnitSource(const UnitSource&) = delete;
    UnitSource& operator=(const UnitSource&) = delete;

    // Others are asked anew, as after stop().
    void configure(UnitSourceOptions options);

    // Closes the connection and forgets the reading, which would be old at the next refresh; who waits is called.
    void stop();

    // Calls `ready` once: when the reading is of this moment, or after `patience`; at once where there is no bus, or
    // while a round begun earlier is not over. Who waits already gives way to `ready` and is not called: a collection
    // that is due twice is made once. Nothing is called after the object's end.
    void refresh(Task ready);

    // Of the last round that ended. not_found without bus or systemd, timed_out, unavailable when none has ended yet or
    // since stop().
    const Result<SystemdReading>& reading() const override { return reading_; }

  private:
    void begin();
    void on_bytes(std::string_view bytes);
    void on_end(const Result<void>& ended);
    void finish(Result<SystemdReading> reading);
    void fail_round(Error error);
    void call_waiting();

    Loop& loop_;
    Files& files_;
    UnitSourceOptions options_;
    Result<SystemdReading> reading_;
    std::unique_ptr<UnitTalk> talk_;  // with the client
    std::unique_ptr<StreamClient> client_;
    bool is_under_way_ = false;
    Task waiting_;
    Timer patience_;
    Timer deadline_;
};

}  // namespace vigie::agent
