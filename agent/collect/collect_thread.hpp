// One set of collectors on a thread of its own, which it may hold for ever: a read of /proc, of sysfs or of a text file
// has no time limit in the kernel. Who owns it waits for nothing, and decides when to give it up.
#pragma once
#include <memory>
#include <optional>

#include "agent/collect/collector.hpp"

namespace vigie::agent {

// All of it on one thread, its owner's.
class CollectThread {
  public:
    // When a reading has ended and was not given up, 1 is added to `ended`, an eventfd that must outlive the object.
    static Result<std::unique_ptr<CollectThread>> start(std::unique_ptr<CollectorSet> set, int ended);
    // Waits for nothing: the thread ends, and frees the set, when it has come back.
    ~CollectThread();
    CollectThread(const CollectThread&) = delete;
    CollectThread& operator=(const CollectThread&) = delete;

    // Only while idle: it is the thread's otherwise.
    CollectorSet& set();
    void begin(WallTime now);
    // Nothing is under way; what hung has come back.
    bool is_idle() const;

    struct Running {
        const char* collector = "";  // its name
        MonoTime since;
    };
    // The collector under way; nothing while none is.
    std::optional<Running> running() const;
    // Gives the reading up, when the collector under way began at `limit` or before: no other one is begun, and nobody
    // is told of the end. Nothing: it is not so late, and the reading goes on.
    std::optional<Running> give_up_if_since(MonoTime limit);

    struct Shared;

  private:
    explicit CollectThread(Shared* shared) : shared_(shared) {}
    Shared* shared_;  // the thread frees it when it ends: one that hangs may outlive this object
};

}  // namespace vigie::agent
