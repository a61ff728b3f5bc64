// `vigie-worker fetch --url=HTTPS-URL --SETTING=VALUE…`: one GET over TLS, for the daemon, which links none.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

// Each setting with its values; only `header` may come more than once.
using FetchSettings = std::map<std::string, std::vector<std::string>, std::less<>>;
// malformed names the word that is none, or the setting that is missing.
Result<FetchSettings> read_fetch_words(const std::vector<std::string>& words);

// Writes the answer to the descriptor as the server sends it, status line, headers and body, chunks as they are: the
// daemon reads it as it reads one over http. `words` stand behind "fetch". Gives the exit status: 0 when the server
// ended the answer, 1 with a line on standard error when there is none or a secret can't be read, 2 for wrong words.
int fetch_main(const std::vector<std::string>& words, int into);

}  // namespace vigie::agent
