import { constants } from 'node:crypto'

/**
 * The Modified BCP 195 TLS Profile (PS3.15 B.12) as options of `node:tls`: 1.2 and 1.3, forward secrecy, authenticated
 * encryption. Options of the caller go over it.
 */
export const tlsProfile = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
  // In 1.3 the suites do not say it: key exchange on curves only, not in finite fields.
  ecdhCurve: 'X25519:prime256v1:secp384r1:secp521r1',
} as const

/** The same for a listener: its order of suites counts, and nobody makes it negotiate again. */
export const tlsListenerProfile = {
  ...tlsProfile,
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const
