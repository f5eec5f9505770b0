import { newRelease, type Release } from '../../config/release.ts';

/** The release with this sequence number; its content is the number. */
export function release(sequence: number): Release {
  return newRelease({
    service: 'platform',
    schema: 'imara.platform/1',
    sequence,
    content: { sequence },
    parent: null,
    author: 'wanjiru',
    reason: '',
    createdAt: 0,
  });
}
