// The texts of messages where alertmanager.yml gives none.
#pragma once
#include "controller/rules/template_tree.hpp"

namespace vigie::controller::routing {

// vigie.title (one line), vigie.text (plain, a few lines for each alert; vigie.list of a list of alerts), vigie.lines
// and vigie.html (markup); and Alertmanager's own names, such as slack.default.title, which are made of them.
const rules::templates::Definitions& default_definitions();

}  // namespace vigie::controller::routing
