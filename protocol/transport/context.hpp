// One libzmq context: its I/O threads and inproc names. Sockets must be destroyed before it.
#pragma once
#include "shared/core/error.hpp"

namespace vigie::protocol {

class Context {
  public:
    // One I/O thread carries about a gigabit; a controller of many agents may give two. `sockets_max` bounds our own
    // sockets and their monitors' ends; a ROUTER is one however many connections it has.
    static Result<Context> open(int io_threads, int sockets_max = 1024);
    Context(Context&& other) noexcept;
    Context& operator=(Context&&) = delete;
    ~Context();

    void* raw() const { return raw_; }  // for this folder

  private:
    explicit Context(void* raw) : raw_(raw) {}
    void* raw_;
};

}  // namespace vigie::protocol
