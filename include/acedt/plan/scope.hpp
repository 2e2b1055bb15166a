#pragma once

namespace acedt::plan {

/// Which earlier archives count when it is decided whether a blob must be stored again.
enum class DedupScope {
  folder,  ///< every archive of the sync folder: each blob is stored once
  name,    ///< earlier archives of the same name, as the reference does it
  none,    ///< no other: each archive is complete in itself
};

}  // namespace acedt::plan
