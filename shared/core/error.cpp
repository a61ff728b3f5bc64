// Names of error codes, and errno to error.
#include "shared/core/error.hpp"

#include <cerrno>
#include <cstring>

namespace vigie {

std::string_view name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed:
            return "malformed";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::exists:
            return "exists";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::denied:
            return "denied";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::timed_out:
            return "timed_out";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::no_space:
            return "no_space";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::io:
            return "io";
        case ErrorCode::cancelled:
            return "cancelled";
    }
    return "io";
}

namespace {
ErrorCode code_of_errno(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return ErrorCode::not_found;
        case EEXIST:
            return ErrorCode::exists;
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorCode::denied;
        case ENOSPC:
        case EDQUOT:
            return ErrorCode::no_space;
        case EFBIG:
        case ENAMETOOLONG:
            return ErrorCode::too_large;
        case EAGAIN:
        case ECONNREFUSED:
        case ECONNRESET:
            return ErrorCode::unavailable;
        case ETIMEDOUT:
            return ErrorCode::timed_out;
        case EADDRINUSE:
        case EBUSY:
            return ErrorCode::conflict;
        default:
            return ErrorCode::io;
    }
}
}  // namespace

Error errno_error(int number, std::string_view what) {
    std::array<char, 128> text{};
    return Error{code_of_errno(number), fmt::format("{}: {}", what, strerror_r(number, text.data(), text.size()))};
}

}  // namespace vigie
