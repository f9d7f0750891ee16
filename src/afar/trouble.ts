import { TraplineError, messageOf } from "../errors.js";

/** A reason to try again, unlike a TraplineError. */
export class Again extends Error {
  /** Bytes that came before. */
  readonly got: number;
  /** Milliseconds that the server asks to wait. */
  readonly after: number;
  constructor(message: string, { got = 0, after = 0 } = {}) {
    super(message);
    this.got = got;
    this.after = after;
  }
}

const ended = "the server ends the connection";

/** By the code of the system (errno) or of Node's HTTP client. */
const passing: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  EAI_AGAIN: "names of hosts cannot be looked up",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no way to the host",
  ETIMEDOUT: "the host does not answer",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer",
  ECONNRESET: ended,
  EPIPE: ended,
  UND_ERR_SOCKET: ended,
};

interface Lasting {
  readonly what: string;
  readonly remedy: string;
}

const unknownSigner: Lasting = {
  what: "nobody whom this machine trusts has signed its server's certificate",
  remedy: "Name a file with the certificate of its authority, or its own, in NODE_EXTRA_CA_CERTS",
};
const noTls: Lasting = { what: "the server does not speak TLS there", remedy: "Write http:// for https://" };

/** The same for what trying again does not help. Certificates: the codes of OpenSSL's X509_V_ERR_*, as Node has them. */
const lasting: Readonly<Record<string, Lasting>> = {
  ENOTFOUND: { what: "there is no such host", remedy: "Check the spelling of the URL" },
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownSigner,
  SELF_SIGNED_CERT_IN_CHAIN: unknownSigner,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownSigner,
  CERT_HAS_EXPIRED: {
    what: "its server's certificate has expired",
    remedy: "Ask who runs the server, and look at this machine's clock",
  },
  CERT_NOT_YET_VALID: {
    what: "its server's certificate is not valid yet",
    remedy: "Look at this machine's clock",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: "its server's certificate is for another host",
    remedy: "Name the host as its certificate does",
  },
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
};

/** What the client threw, in words. It says "fetch failed" itself; why is in its cause. */
export function troubleOf(error: unknown, url: string, got: number): Again | TraplineError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const stays = lasting[code];
  if (stays !== undefined) {
    return new TraplineError("input", `cannot be read: ${stays.what}`, { file: url }, stays.remedy);
  }
  const message = messageOf(cause);
  // Node 20 gives it a code (HPE_...), 24 does not.
  const isParsing = cause instanceof Error && cause.name === "HTTPParserError";
  const what =
    passing[code] ??
    (isParsing ? "the server's answer is not HTTP" : message === "terminated" ? ended : message);
  return new Again(what, { got });
}
