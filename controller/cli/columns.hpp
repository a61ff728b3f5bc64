// The columns of each verb's table.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace vigie::controller {

// `id`: in a table its short form, which the controller tells as short_id. `text` may be cut to the terminal's width.
enum class Kind { text, id, state, age, since, number, bytes, tree };

struct Column {
    std::string title;
    std::string field;
    Kind kind = Kind::text;
    bool is_wide_only = false;
};

// By verb; those that are not among them are shown as a record.
const std::map<std::string, std::vector<Column>, std::less<>>& columns_of_verbs();

}  // namespace vigie::controller
