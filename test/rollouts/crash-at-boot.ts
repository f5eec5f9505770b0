// Loaded before a process of Imara (`--import`): gives its code a bug that no taste and no gate can see,
// since only a boot meets it.
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';

/** What a release says in `serving.retryAfterSeconds` that its instances do not survive a boot with. */
export const CRASHES_AT_BOOT = 77;

const ROOT = new URL('../../src/process/main/run-process.ts', import.meta.url).href;
const BEFORE = 'const { stop, probe, direct = null } = await serve(root);';
const BUG = `if (release().document.serving.retryAfterSeconds === ${CRASHES_AT_BOOT}) throw new Error('a bug at boot'); `;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (url !== ROOT) return loaded;
    const parts = String(loaded.source).split(BEFORE);
    assert.equal(parts.length, 2, `${ROOT} has one "${BEFORE}"`);
    return { ...loaded, source: parts.join(BUG + BEFORE) };
  },
});
