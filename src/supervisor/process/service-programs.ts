import { type Machine, processEnvironment } from '../contract.ts';
import type { Home } from '../home/home.ts';
import { watchFiles } from '../home/watch-files.ts';
import type { PlannedProcess } from '../plan.ts';
import { homeMark } from './leftovers.ts';
import { nodeProgram } from './programs.ts';
import type { SharedSockets } from './sockets.ts';
import type { Program } from './supervised.ts';

/** What each planned process runs, and what stands in for the API while none of its processes serves. */
export interface ServicePrograms {
  of(planned: PlannedProcess): Program;
  standIn(): Program;
}

export function servicePrograms(
  machine: Machine,
  {
    script,
    sockets,
    say,
  }: { script: (name: string) => string; sockets: SharedSockets; say: (line: string) => void },
): ServicePrograms {
  const { home, ports } = machine;

  function program(planned: Parameters<typeof processEnvironment>[0]): Program {
    const { name, service, listens } = planned;
    return nodeProgram({
      entry: script(service),
      args: [`--name=${name}`, ...(service === 'watch' ? watchArguments(home) : []), homeMark(home)],
      environment: processEnvironment(planned, machine),
      log: home.log(name),
      say,
      sockets: sockets.of(listens),
    });
  }

  return {
    of: program,
    standIn: () =>
      program({
        service: 'stand-in',
        name: 'stand-in',
        environment: 'production',
        cell: 'default',
        port: ports.api,
        listens: 'api',
      }),
  };
}

/** It reads no variable of the environment. */
function watchArguments(home: Home): string[] {
  const { machine, settings } = watchFiles(home);
  return [`--settings=${machine}`, `--settings=${settings}`];
}
