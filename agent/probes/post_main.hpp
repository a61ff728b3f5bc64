// `vigie-worker post --url-file=FILE --body=JSON --SETTING=VALUE…`: one POST, for the daemon, which links no TLS.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

// Each setting with its values; only `header` may come more than once.
using PostSettings = std::map<std::string, std::vector<std::string>, std::less<>>;
// malformed names the word that is none, or the setting that is missing.
Result<PostSettings> read_post_words(const std::vector<std::string>& words);

// The URL is the first line of a file that only its owner may read, as it may be a secret: nothing that is printed
// names it. `words` stand behind "post". Gives a status of post_status.hpp, and says on standard error why it was not
// taken.
int post_main(const std::vector<std::string>& words);

}  // namespace vigie::agent
