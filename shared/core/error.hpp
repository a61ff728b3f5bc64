// Expected failures: a code to branch on and a sentence for a person. Bugs use VIGIE_ASSERT (assert.hpp) instead.
#pragma once
#include <string>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace vigie {

enum class ErrorCode {
    malformed,    // input that breaks its format
    unsupported,  // well-formed, but not something we do
    not_found,
    exists,
    conflict,     // someone else holds it or changed it first
    denied,       // permissions, authentication
    unavailable,  // a peer or service does not answer now; trying again may help
    timed_out,
    too_large,  // over one of our own limits
    no_space,
    corrupt,  // our own stored bytes fail their check
    io,       // any other failure of a system call
    cancelled,
};

// The code as it stands in JSON errors, such as "not_found".
std::string_view name_of(ErrorCode code);

struct Error {
    ErrorCode code;
    std::string message;  // names the file, line, host or key; says what to do next where we know

    // The same error with a place in front: "web.conf:3: unknown directive".
    Error at(std::string_view place) const { return Error{code, fmt::format("{}: {}", place, message)}; }
};

template <typename T>
using Result = tl::expected<T, Error>;

// Builds the failed side of any Result: return fail(ErrorCode::malformed, "{}:{}: no colon", file, line);
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

// From errno: "read /etc/x: Permission denied", with the code that the number stands for.
[[nodiscard]] Error errno_error(int number, std::string_view what);

}  // namespace vigie

#define VIGIE_JOIN_(a, b) a##b
#define VIGIE_JOIN(a, b) VIGIE_JOIN_(a, b)
// Declares `decl` from a Result, or returns its error: VIGIE_TRY(const auto text, files.read(path));
#define VIGIE_TRY(decl, expression)                                            \
    auto VIGIE_JOIN(tried_, __LINE__) = (expression);                          \
    if (!VIGIE_JOIN(tried_, __LINE__)) {                                       \
        return ::vigie::fail(std::move(VIGIE_JOIN(tried_, __LINE__).error())); \
    }                                                                          \
    decl = std::move(*VIGIE_JOIN(tried_, __LINE__))
// The same for Result<void>: VIGIE_CHECK(file.sync());
#define VIGIE_CHECK(expression)                            \
    if (auto checked_ = (expression); !checked_) {         \
        return ::vigie::fail(std::move(checked_.error())); \
    }
