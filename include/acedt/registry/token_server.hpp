#pragma once

#include "acedt/http/url.hpp"

namespace acedt::registry {

/// Whether nobody listens on the way to `server`: it speaks HTTPS, or is on this machine.
bool is_private(const http::Origin& server);

/// Whether the server that a registry's challenge names as its `realm` may be given the password for that registry.
/// Whoever can make a registry's answer say something could else have it sent anywhere.
///
/// It is_private(), or is on the registry's host that is itself spoken to without TLS; and it
/// belongs to the registry: it is on the same host, whatever the port (ghcr.io, quay.io, gcr.io, *.pkg.dev,
/// *.azurecr.io, Harbor, Artifactory, Nexus); or both are under one domain that somebody registered, which is taken for
/// the last two labels, or three under suffixes such as co.uk (auth.docker.io for registry-1.docker.io, gitlab.com for
/// registry.gitlab.com), but not under one where strangers have hosts, such as amazonaws.com; or they are a pair that
/// is known.
bool may_have_password(const http::Origin& server, const http::Origin& registry);

}  // namespace acedt::registry
