// How bad a line says that it is. Words of syslog, log4j, Python, Monolog, PHP and of JSON's many customs, on one
// scale.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::agent::errors {

enum class Level : uint8_t { debug = 1, info = 2, notice = 3, warning = 4, error = 5, critical = 6 };

std::string_view name_of(Level level);
// "ERROR", "err", "Warn", "SEVERE"… in any case; nullopt for a word that is no level.
std::optional<Level> level_of_word(std::string_view word);
// Syslog's severities, RFC 5424 table 2: 0 emergency to 7 debug.
Level level_of_severity(unsigned severity);
// A number of JSON lines: syslog's 0 to 7, pino's and bunyan's 10 to 60, Monolog's 100 to 600.
std::optional<Level> level_of_number(int64_t number);
// For lines without a field for it: a word of a level in capitals, in brackets, behind "level=" or before a colon,
// among the first bytes of the message.
std::optional<Level> guess_level(std::string_view message);

}  // namespace vigie::agent::errors
