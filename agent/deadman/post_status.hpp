// Exit statuses of `vigie-worker post`, for the worker and for the daemon that started it.
#pragma once

namespace vigie::agent {

constexpr int post_taken = 0;    // answered 2xx
constexpr int post_failed = 1;   // another answer, or nothing went out
constexpr int post_usage = 2;    // wrong words
constexpr int post_unknown = 3;  // it went out, and no answer came

}  // namespace vigie::agent
