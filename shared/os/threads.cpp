// pthreads with a small stack.
#include "shared/os/threads.hpp"

#include <pthread.h>
#include <signal.h>

#include <memory>

namespace vigie {
namespace {

struct Start {
    const char* name;
    void (*run)(void*);
    void* argument;
};

void* enter(void* raw) {
    const std::unique_ptr<Start> start(static_cast<Start*>(raw));
    pthread_setname_np(pthread_self(), start->name);
    start->run(start->argument);
    return nullptr;
}

}  // namespace

Result<void> start_detached_thread(const char* name, Bytes stack, void (*run)(void*), void* argument) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack.count);
    auto start = std::make_unique<Start>(Start{name, run, argument});
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const auto number = pthread_create(&thread, &attributes, enter, start.get());
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    if (number != 0) {
        return fail(errno_error(number, fmt::format("start thread {}", name)));
    }
    start.release();
    return {};
}

}  // namespace vigie
