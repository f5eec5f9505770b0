/** What an operator decides about the authentication servers; read live. */
export interface AuthServerSettings {
  /** Whose tokens these are; an environment's servers and clients share it, no two environments do. */
  issuer: string;
  /** 60 to 86,400; whole minutes, rounded down. */
  tokenLifetimeSeconds: number;
  /**
   * The vendor's documented rule. Off: many clients fetch a token for every call, several at a time. On: each
   * app that fetched a token within a day is an entry of the revocation list, which has 10,000.
   */
  newTokenKillsOld: boolean;
  /** How long a key signs. */
  keyRotationSeconds: number;
  /** How long a key is published before it signs: several refreshes of the slowest client. */
  keyPublishAheadSeconds: number;
}

export const defaultAuthServerSettings: AuthServerSettings = {
  issuer: 'imara',
  tokenLifetimeSeconds: 3_600,
  newTokenKillsOld: false,
  keyRotationSeconds: 86_400,
  keyPublishAheadSeconds: 600,
};
