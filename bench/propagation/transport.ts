import { get, type IncomingMessage } from 'node:http';
import { reasonOf, type Transport } from '../../src/agent/link/transport.ts';
import { agentPaths, type InstanceId, type ReportAnswer, wireLimits } from '../../src/rollout/protocol.ts';
import { postOver } from './post.ts';

/** Control says something every second; on a machine that is busy with everything at once, not always. */
const SILENCE_MS = 30_000;

/**
 * The agent's two exchanges with control over sockets that cost so little that a thousand fit beside what is
 * measured. The form of answers is not checked.
 */
export function cheapTransport(url: string, token: string, id: InstanceId): Transport {
  const post = postOver(new URL(agentPaths.report, url), token);
  const query = new URLSearchParams({ ...id });
  const headers = { authorization: `Bearer ${token}` };
  const opened = (signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { agent: false, headers, signal, timeout: SILENCE_MS };
      const request = get(`${url}${agentPaths.stream}?${query}`, options, resolve);
      request.on('error', reject).on('timeout', () => request.destroy(new Error('silence')));
    });
  return {
    async follow(_, signal) {
      const response = await opened(signal).catch((error: unknown) => reasonOf(error));
      if (typeof response === 'string') return { ok: false, reason: response };
      if (response.statusCode === 200) return { ok: true, value: response };
      response.destroy();
      return { ok: false, reason: `control answered ${response.statusCode}` };
    },
    async report(report) {
      try {
        const beganAt = performance.now();
        const value: ReportAnswer = JSON.parse(await post(JSON.stringify(report)));
        // The next is due from the answer: control, which shares its processors with them, sets their pace.
        const nextBeatMs = (value.nextBeatMs ?? wireLimits.beatMs) + performance.now() - beganAt;
        return { ok: true, value: { ...value, nextBeatMs } };
      } catch (error) {
        return { ok: false, reason: reasonOf(error) };
      }
    },
    // The process of the bench ends with them.
    close: () => Promise.resolve(),
  };
}
