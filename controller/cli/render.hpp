// Answers as people read them. Each function takes the JSON of one verb (docs/operate/cli.md lists their fields).
#pragma once
#include <string>

#include "controller/operator/requests.hpp"

namespace vigie::controller {

enum class Format { table, wide, json, name };

struct Look {
    Format format = Format::table;
    bool is_colored = false;
    bool is_terminal = false;  // then tables are cut to its width
    size_t columns = 100;      // of the terminal
    int64_t now_unix_ms = 0;
    size_t rows = 24;  // of the terminal
    bool is_plot = false;
};

// The text for one verb's answer. JSON is the answer as it came, indented; `name` is what each row is called by, for
// scripts, and unsupported for an answer without names.
Result<std::string> render(const std::string& verb, const Json& answer, const Look& look);

}  // namespace vigie::controller
