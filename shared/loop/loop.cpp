// libuv behind the interfaces of loop.hpp. Handles are closed on the loop and freed in their close callback.
#include "shared/loop/loop.hpp"

#include <uv.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>

#include "shared/core/assert.hpp"
#include "shared/loop/pool.hpp"

namespace vigie {
namespace {
// A flood of posts beyond this means that the loop is stuck; the poster waits, which is the backpressure.
constexpr size_t posted_tasks_max = 65536;
// Of the controller: four queries, two answers about alerts, and the sealing of samples. They begin when they are
// needed.
constexpr size_t pool_threads = 7;

// Closes a handle that is the first member of *owner, and frees the owner afterwards.
template <typename Owner, typename Handle>
void close_and_free(Owner* owner, Handle* handle) {
    handle->data = owner;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete static_cast<Owner*>(closed->data); });
}
}  // namespace

struct Loop::State {
    uv_loop_t loop{};
    uv_async_t wake{};
    std::mutex guard;
    std::condition_variable has_room;
    std::deque<Task> posted;
    std::atomic<std::thread::id> thread = std::this_thread::get_id();  // others ask while run() sets it
    bool is_stopping = false;
    size_t on_pool = 0;       // what was given to the pool and is not done, by the loop's thread
    Pool pool{pool_threads};  // last: its threads use the members above

    void drain() {
        std::deque<Task> ready;
        {
            const std::lock_guard lock(guard);
            ready.swap(posted);
        }
        has_room.notify_all();
        for (auto& task : ready) {
            task();
        }
    }
};

Loop::Loop(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Loop>> Loop::open() {
    // libuv writes without MSG_NOSIGNAL: a peer that leaves before the answer would end the process. Children get the
    // default back from libuv.
    std::signal(SIGPIPE, SIG_IGN);
    auto state = std::make_unique<State>();
    if (const int status = uv_loop_init(&state->loop); status != 0) {
        return fail(ErrorCode::io, "event loop: {}", uv_strerror(status));
    }
    state->wake.data = state.get();
    const int status =
        uv_async_init(&state->loop, &state->wake, [](uv_async_t* wake) { static_cast<State*>(wake->data)->drain(); });
    if (status != 0) {
        return fail(ErrorCode::io, "event loop: {}", uv_strerror(status));
    }
    return std::unique_ptr<Loop>(new Loop(std::move(state)));
}

Loop::~Loop() {
    state_->thread = std::this_thread::get_id();
    while (state_->on_pool > 0) {
        uv_run(&state_->loop, UV_RUN_ONCE);
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->wake), nullptr);
    uv_run(&state_->loop, UV_RUN_DEFAULT);
    const int status = uv_loop_close(&state_->loop);
    VIGIE_ASSERT(status == 0);
}

void Loop::run() {
    state_->thread = std::this_thread::get_id();
    state_->is_stopping = false;
    while (!state_->is_stopping) {
        uv_run(&state_->loop, UV_RUN_DEFAULT);
    }
}

void Loop::stop() {
    post([this] {
        state_->is_stopping = true;
        uv_stop(&state_->loop);
    });
}

bool Loop::on_thread() const {
    return std::this_thread::get_id() == state_->thread;
}

void Loop::post(Task task) {
    std::unique_lock lock(state_->guard);
    if (!on_thread()) {
        state_->has_room.wait(lock, [this] { return state_->posted.size() < posted_tasks_max; });
    }
    state_->posted.push_back(std::move(task));
    // Under the lock: once the task runs the loop may end, and with it the handle.
    uv_async_send(&state_->wake);
}

void Loop::run_on_pool(Task work, Task done) {
    VIGIE_ASSERT(on_thread());
    struct Job {
        Task work;
        Task done;
    };
    // What both hold is the loop's, and goes there in the end: ~Loop waits for all.
    auto* const job = std::make_unique<Job>(Job{std::move(work), std::move(done)}).release();
    ++state_->on_pool;
    state_->pool.run([this, job] {
        job->work();
        post([this, job] {
            const std::unique_ptr<Job> finished(job);
            --state_->on_pool;
            finished->done();
        });
    });
}

uv_loop_s* Loop::raw() {
    return &state_->loop;
}

struct Timer::Handle {
    uv_timer_t timer{};
    Task on_tick;
};

Timer::Timer(Loop& loop, Task on_tick) : handle_(new Handle) {
    VIGIE_ASSERT(loop.on_thread());
    uv_timer_init(loop.raw(), &handle_->timer);
    handle_->timer.data = handle_;
    handle_->on_tick = std::move(on_tick);
}
Timer::~Timer() {
    handle_->on_tick = nullptr;
    close_and_free(handle_, &handle_->timer);
}
namespace {
template <typename Handle>
void call_tick(uv_timer_t* timer) {
    // A copy, since the callback may destroy its own timer.
    if (const auto on_tick = static_cast<Handle*>(timer->data)->on_tick) {
        on_tick();
    }
}
}  // namespace
void Timer::start_once(milliseconds delay) {
    uv_update_time(handle_->timer.loop);
    uv_timer_start(&handle_->timer, call_tick<Handle>, static_cast<uint64_t>(std::max<int64_t>(delay.count(), 0)), 0);
}
void Timer::start_every(milliseconds period) {
    uv_update_time(handle_->timer.loop);
    const auto ms = static_cast<uint64_t>(std::max<int64_t>(period.count(), 1));
    uv_timer_start(&handle_->timer, call_tick<Handle>, ms, ms);
}
void Timer::stop() {
    uv_timer_stop(&handle_->timer);
}

// Four handles make one watcher: the poll only wakes the loop, prepare starts the idle handle while messages wait (so
// that the loop does not sleep on them), check stops it and drains. Asking costs a system call, so check asks only when
// one of the two had a reason; what any other callback brought about is seen by the next prepare.
struct DrainWatcher::Handle {
    uv_poll_t poll{};
    uv_prepare_t prepare{};
    uv_check_t check{};
    uv_idle_t idle{};
    std::function<bool()> has_more;
    Task drain_some;
    bool is_awake = false;
    int open_handles = 4;

    template <typename Part>
    void close(Part* part) {
        part->data = this;
        uv_close(reinterpret_cast<uv_handle_t*>(part), [](uv_handle_t* closed) {
            auto* self = static_cast<Handle*>(closed->data);
            if (--self->open_handles == 0) {
                delete self;
            }
        });
    }
};

DrainWatcher::DrainWatcher(Loop& loop, int fd, std::function<bool()> has_more, Task drain_some) : handle_(new Handle) {
    VIGIE_ASSERT(loop.on_thread());
    handle_->has_more = std::move(has_more);
    handle_->drain_some = std::move(drain_some);
    VIGIE_ASSERT(uv_poll_init(loop.raw(), &handle_->poll, fd) == 0);
    uv_prepare_init(loop.raw(), &handle_->prepare);
    uv_check_init(loop.raw(), &handle_->check);
    uv_idle_init(loop.raw(), &handle_->idle);
    handle_->poll.data = handle_->prepare.data = handle_->check.data = handle_;
    uv_poll_start(&handle_->poll, UV_READABLE,
                  [](uv_poll_t* poll, int, int) { static_cast<Handle*>(poll->data)->is_awake = true; });
    uv_prepare_start(&handle_->prepare, [](uv_prepare_t* prepare) {
        auto* self = static_cast<Handle*>(prepare->data);
        if (self->has_more()) {
            self->is_awake = true;
            uv_idle_start(&self->idle, [](uv_idle_t*) {});
        }
    });
    uv_check_start(&handle_->check, [](uv_check_t* check) {
        auto* self = static_cast<Handle*>(check->data);
        uv_idle_stop(&self->idle);
        if (std::exchange(self->is_awake, false) && self->has_more()) {
            // A copy, since draining may destroy this watcher.
            const auto drain = self->drain_some;
            drain();
        }
    });
}

DrainWatcher::~DrainWatcher() {
    uv_poll_stop(&handle_->poll);
    uv_prepare_stop(&handle_->prepare);
    uv_check_stop(&handle_->check);
    uv_idle_stop(&handle_->idle);
    auto* handle = handle_;
    handle->close(&handle->poll);
    handle->close(&handle->prepare);
    handle->close(&handle->check);
    handle->close(&handle->idle);
}

struct ReadWatcher::Handle {
    uv_poll_t poll{};
    Task on_readable;
};

ReadWatcher::ReadWatcher(Loop& loop, int fd, Task on_readable) : handle_(new Handle) {
    VIGIE_ASSERT(loop.on_thread());
    handle_->on_readable = std::move(on_readable);
    VIGIE_ASSERT(uv_poll_init(loop.raw(), &handle_->poll, fd) == 0);
    handle_->poll.data = handle_;
    uv_poll_start(&handle_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
        const auto on_ready = static_cast<Handle*>(poll->data)->on_readable;
        on_ready();
    });
}
ReadWatcher::~ReadWatcher() {
    uv_poll_stop(&handle_->poll);
    close_and_free(handle_, &handle_->poll);
}

struct SignalWatcher::Handle {
    uv_signal_t signal{};
    Task on_signal;
};

SignalWatcher::SignalWatcher(Loop& loop, int signal, Task on_signal) : handle_(new Handle) {
    VIGIE_ASSERT(loop.on_thread());
    handle_->on_signal = std::move(on_signal);
    uv_signal_init(loop.raw(), &handle_->signal);
    handle_->signal.data = handle_;
    uv_signal_start(
        &handle_->signal, [](uv_signal_t* s, int) { static_cast<Handle*>(s->data)->on_signal(); }, signal);
}
SignalWatcher::~SignalWatcher() {
    uv_signal_stop(&handle_->signal);
    close_and_free(handle_, &handle_->signal);
}

}  // namespace vigie
