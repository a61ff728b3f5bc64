#include "controller/rules/clearance.hpp"

#include <algorithm>

namespace vigie::controller::rules {

void Clearance::add(const query::Labels& labels) {
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const auto& [name, value] : labels) {
        names.push_back(name);
        values.push_back(value);
    }
    values_[std::move(names)].insert(std::move(values));
}

bool Clearance::covers(const query::Labels& series) const {
    return std::any_of(values_.begin(), values_.end(), [&series](const auto& some) {
        std::vector<std::string> values;
        for (const auto& name : some.first) {
            const auto found = series.find(name);
            if (found == series.end()) {
                return false;
            }
            values.push_back(found->second);
        }
        return some.second.contains(values);
    });
}

}  // namespace vigie::controller::rules
