#pragma once

#include "tools/registry/message.hpp"
#include "tools/registry/route.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

// The writing half of OCI distribution-spec v1.1: "Push", "Content Management". What manifests name need not be there.

Response begin_upload(Service& service, Request& request, const Route& route);
Response continue_upload(Service& service, Request& request, const Route& route);
Response finish_upload(Service& service, Request& request, const Route& route);
/// Handles an upload request of which only a part arrived.
void break_upload(Service& service, Request& request);
Response get_upload(Service& service, const Route& route);
Response cancel_upload(Service& service, const Route& route);
Response put_manifest(Service& service, const Request& request, const Route& route);
Response delete_manifest(Service& service, const Route& route);
Response delete_blob(Service& service, const Route& route);

}  // namespace acedt::testing
