// Threads for work that would hold up a loop. Of those that rest the oldest takes what comes: its heap and caches are
// warm. libuv's own pool goes round all its threads, and name resolution waits there behind whatever else it runs.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace vigie {

class Pool {
  public:
    using Task = std::function<void()>;

    // Threads begin when they are needed, with all signals blocked, and stay.
    explicit Pool(size_t threads_max);
    ~Pool();  // waits for all that was given
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // Any thread. Waits for its turn when all threads are busy, behind at most waiting_max others.
    void run(Task task);

    static constexpr size_t waiting_max = 1'000;  // who gives work bounds how much: this is a slip in the program

  private:
    struct Worker;
    void work(Worker& worker);

    const size_t threads_max_;
    std::mutex guard_;
    std::deque<Task> waiting_;
    std::vector<std::unique_ptr<Worker>> workers_;  // the oldest first
};

}  // namespace vigie
