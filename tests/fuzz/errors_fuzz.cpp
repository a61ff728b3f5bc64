// fuzz: vigie_agent_errors
// Lines of somebody's log, in every format: records, their groups and what is told of them stay in their bounds, none
// is lost, and what was scrubbed has no more of the secrets that were put into it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/errors/error_groups.hpp"
#include "agent/errors/fingerprint.hpp"
#include "agent/errors/json_line.hpp"
#include "agent/errors/record_joiner.hpp"
#include "agent/errors/scrub.hpp"

namespace {

using namespace vigie;
using namespace vigie::agent::errors;

void require(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

void check_record(const LogRecord& record) {
    require(record.message.size() <= message_bytes_max && record.stack.size() <= stack_bytes_max &&
            record.logger.size() <= field_bytes_max && record.exception.size() <= field_bytes_max &&
            record.place.file.size() <= field_bytes_max && record.place.function.size() <= field_bytes_max &&
            record.request.url.size() <= url_bytes_max && record.request.client.size() <= field_bytes_max);
    require(fingerprint_of(record).size() == 16);
}

void check_format(LogFormat format, std::string_view text) {
    const GroupLimits limits{.groups_max = 8, .new_max = 4};
    ErrorGroups groups(limits);
    uint64_t added = 0;
    RecordJoiner joiner(format, Level::debug, [&](LogRecord&& record) {
        check_record(record);
        scrub_record(record);
        groups.add("f", std::move(record), WallTime{}, MonoTime{});
        ++added;
    });
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        joiner.add_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    joiner.end();
    require(groups.size() <= limits.groups_max + 1);
    uint64_t told = 0;
    for (const auto& report : groups.take_due(MonoTime{})) {
        told += report.count;
    }
    require(told == added && groups.counted("f") == added);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (size_t format = 0; format < log_formats_count; ++format) {
        check_format(static_cast<LogFormat>(format), text);
    }
    static_cast<void>(parse_json_line(text));
    // Behind a line feed a name begins anew, whatever stood before.
    const auto scrubbed = scrub(std::string(text) + "\npassword=hunter2-hunter2\n");
    require(scrubbed.find("hunter2-hunter2") == std::string::npos);
    static_cast<void>(pattern_of(scrubbed));
    return 0;
}
