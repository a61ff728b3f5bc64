// SQLite's file layer with a failure on cue: the nth write, sync, truncation or removal fails.
#pragma once
#include <string>

namespace vigie::tests {

struct FailingVfs {
    static constexpr const char* name = "vigie-failing";
    static void install();
    // Counts from now; 0 never fails. `for_ever`: that operation and all later ones, as on a dead disk.
    static void fail_at(int operation, bool for_ever = false);
    static bool has_failed();
};

// For files that the agent must refuse.
void run_sql(const std::string& path, const char* sql);

}  // namespace vigie::tests
