vcl 4.1;

# Varnish in front of feedsvc: a cache that keeps to what feedsvc says of each answer.
#
# For Varnish 6.6 or later. FILL IN host and port below, and start varnishd with
#
#   varnishd -a :6081 -f /etc/varnish/varnish.vcl -s malloc,256m -p http_gzip_support=off
#
# http_gzip_support=off matters: else Varnish asks for gzip alone, unpacks it for clients that take
# none, and weakens their ETags. feedsvc has each coding ready, with an ETag of its own.
#
# Varnish does not speak TLS. Put hitch, or nginx without a cache, in front, which hands the client's
# address on by the PROXY protocol: -a 127.0.0.1:6086,PROXY
#
# In config.toml, set
#
#   [http]
#   trusted_hosts = ["feeds.example.org", "127.0.0.1"]
#   proxies = 1
#   unlimited = ["127.0.0.1"]

import std;

backend feedsvc {
    .host = "127.0.0.1";                    # FILL IN: http.host
    .port = "8000";                         # FILL IN: http.port
    .connect_timeout = 2s;
    .first_byte_timeout = 30s;
    .between_bytes_timeout = 10s;
    .probe = {
        .url = "/healthz";
        .interval = 5s;
        .timeout = 2s;
        .window = 5;
        .threshold = 3;
        .initial = 3;                       # taken for healthy until it is known better
    }
}

# X-Stale goes through a request: "none" asks for an answer that is not stale, "any" takes one
# however stale, for feedsvc has just failed.

sub vcl_recv {
    if (req.restarts == 0) {
        unset req.http.X-Stale;
    }
    if (req.http.X-Stale == "none") {
        set req.grace = 0s;
    } else {
        set req.grace = 365d;               # the object's own counts; a restart keeps the 0s
    }

    # Nothing depends on these; with them, Varnish would keep nothing.
    unset req.http.Cookie;
    unset req.http.Authorization;
    # The differences of RFC 3229 (http.delta) are made from the tag that a client has. From here
    # on the cache asks, with a tag of its own, so clients get whole feeds.
    unset req.http.A-IM;

    # feedsvc ignores the query but for `after`, the cursor of /changes.json.
    if (req.url ~ "[?&]after=") {
        set req.url = regsub(req.url, "^([^?]*)\?(?:.*?&)?(after=[^&]*).*$", "\1?\2");
    } else {
        set req.url = regsub(req.url, "\?.*$", "");
    }

    # A feed is served whole, as feedsvc does. The pattern fits below the path of site.base_url too,
    # and no section called media.
    if (req.url !~ "/media/[0-9a-f]{8}-[0-9a-f-]{27}\.[a-z0-9]+$") {
        unset req.http.Range;
    }

    # How the service is: for this machine and its monitoring alone.
    # No address of feedsvc needs an escape for a letter, a dot or a slash, and one would get by here.
    if (req.url ~ "(?i)^[^?]*%([4-7][0-9a-f]|2[ef])") {
        return (synth(404));
    }
    if (req.url ~ "^[^?]*/(readyz|metrics|status|status\.json)(\?|$)" && client.ip !~ local) {
        return (synth(403));
    }

    call normalise_codings;

    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    return (hash);
}

acl local {
    "127.0.0.1";
    "::1";
}

# Clients write Accept-Encoding in hundreds of ways, and each would be a copy in the cache (Vary).
# Four are left for nearly all of them. A client that refuses something, or takes anything, is rare
# and goes through as it is: feedsvc knows the rules (RFC 9110 12.5.3).
sub normalise_codings {
    if (req.http.Accept-Encoding ~ ";\s*q=0(\.0*)?\s*(,|$)" || req.http.Accept-Encoding ~ "\*") {
        return;
    }
    if (req.http.Accept-Encoding ~ "(?i)\bgzip\b") {
        if (req.http.Accept-Encoding !~ "(?i)\bbr\b") {
            set req.http.Accept-Encoding = "gzip";
        } elsif (req.http.Accept-Encoding !~ "(?i)\bzstd\b") {
            set req.http.Accept-Encoding = "gzip, br";
        } else {
            set req.http.Accept-Encoding = "gzip, br, zstd";
        }
    } elsif (req.http.Accept-Encoding ~ "(?i)\bbr\b") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(?i)\bzstd\b") {
        set req.http.Accept-Encoding = "zstd";
    } else {
        set req.http.Accept-Encoding = "identity";
    }
}

sub vcl_hit {
    if (obj.ttl >= 0s || req.http.X-Stale == "any" || !std.healthy(req.backend_hint)) {
        return (deliver);
    }
    # Stale for no longer than stale-while-revalidate: the client gets it at once, and Varnish asks
    # feedsvc behind its back.
    if (obj.ttl + std.duration(obj.http.X-While-Revalidate, 0s) >= 0s) {
        return (deliver);
    }
    # Too stale while feedsvc is well: ask for it, with the ETag that is here.
    set req.http.X-Stale = "none";
    return (restart);
}

sub vcl_backend_response {
    # An error says nothing of the document, so it takes no place in the cache: what is there,
    # though stale, is still good. 404 and 410 do say something.
    if (beresp.status >= 400 && beresp.status != 404 && beresp.status != 410) {
        if (bereq.is_bgfetch || bereq.http.X-Stale == "none") {
            return (abandon);
        }
        set beresp.ttl = 0s;
        set beresp.grace = 0s;
        set beresp.keep = 0s;
        return (deliver);
    }

    # What does not say how long it is fresh is not kept; no-store is left to Varnish's own rules.
    if (!beresp.http.Cache-Control) {
        set beresp.uncacheable = true;
        set beresp.ttl = 10s;
        return (deliver);
    }

    # A long film would push all feeds out of the memory: from the next request on, it is passed
    # through, ranges and all.
    if (std.integer(beresp.http.Content-Length, 0) > 10485760) {
        return (pass(1h));
    }

    # Varnish has taken the lifetime from max-age and the grace from stale-while-revalidate. The
    # object stays for stale-if-error, and vcl_hit decides which of the two holds.
    set beresp.http.X-While-Revalidate = beresp.grace + "s";
    if (beresp.http.Cache-Control ~ "stale-if-error=[0-9]+") {
        set beresp.grace = std.duration(
            regsub(beresp.http.Cache-Control, "^.*stale-if-error=([0-9]+).*$", "\1s"), 0s);
    }
    # For a day more, it is good for its ETag: a 304 brings it back without its body.
    set beresp.keep = 1d;
}

sub vcl_backend_error {
    if (bereq.http.X-Stale == "none") {
        return (abandon);
    }
    set beresp.http.Retry-After = "5";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Content-Type = "text/plain; charset=utf-8";
    set beresp.body = "503 The feed cannot be reached just now; try again." + {"
"};
    return (deliver);
}

sub vcl_synth {
    # feedsvc failed where something stale was passed over: that is what the client gets. Its own
    # error was abandoned above, for a restart would find that in the cache, with a lifetime of 0.
    if (resp.status == 503 && req.http.X-Stale == "none") {
        set req.http.X-Stale = "any";
        return (restart);
    }
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache-Status = "HIT";
    } else {
        set resp.http.X-Cache-Status = "MISS";
    }
    unset resp.http.X-While-Revalidate;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}
