// How large the parts of a message may be. A decoder answers malformed to anything over its limit, so raising one needs
// a new protocol version, as older peers refuse what is over theirs. Sizes in bytes.
#pragma once
#include <cstddef>

#include "protocol/messages/messages.hpp"

namespace vigie::protocol {

constexpr size_t name_bytes_max = 256;          // job names, units, features, versions: RFC 1035 names fit
constexpr size_t value_bytes_max = 4096;        // labels' and parameters' values: PATH_MAX, as they often are paths
constexpr size_t prose_bytes_max = 4096;        // sentences for people; longer ones are cut when they are written
constexpr size_t report_bytes_max = 64 * 1024;  // a job's own result; a backup's is below 2 KiB
constexpr size_t stack_bytes_max = 8192;        // of an error's trace; longer ones are cut when they are written
constexpr size_t url_bytes_max = 1024;
constexpr size_t log_errors_max = 16;  // of one event; with all texts at their maximum 300 KiB
constexpr size_t labels_max = 64;
constexpr size_t parameters_max = 64;
constexpr size_t features_max = 64;
constexpr size_t jobs_max = 1024;
constexpr size_t stream_states_max = 8;
constexpr size_t generations_max = 256;  // of all streams
// Of one frame in all, counting what is nested. HELLO with everything at its maximum has below 2,700.
constexpr size_t elements_max = 4096;
// Enough for header, body and an entry's list of records, with room for later versions.
constexpr size_t depth_max = 8;

}  // namespace vigie::protocol
