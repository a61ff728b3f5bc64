// What an alert's clear expression says: for which alerts it is true.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/query/labels.hpp"

namespace vigie::controller::rules {

class Clearance {
  public:
    // A series of the expression's result, without __name__.
    void add(const query::Labels& labels);
    // Whether one of them has no label that the alert's series has not: one without labels clears all.
    bool covers(const query::Labels& series) const;

  private:
    // By the names of their labels: results mostly have all the same.
    std::map<std::vector<std::string>, std::set<std::vector<std::string>>> values_;
};

}  // namespace vigie::controller::rules
