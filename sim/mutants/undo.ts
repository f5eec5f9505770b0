import { realCores } from '../parts/cores.ts';
import { type Mutant, withInstance } from './mutant.ts';

const { instance, decide, planUndo } = realCores;

/** The lease and the undo (R5, R6, R17). */
export const undoMutants: readonly Mutant[] = [
  {
    name: 'an instance that ignores the end of its lease',
    caughtBy: ['R5'],
    cores: withInstance((state, event, now, limits) =>
      state.phase.at === 'lent' && event.type === 'tick'
        ? { state, effects: [] }
        : instance(state, event, now, limits),
    ),
  },
  {
    name: 'a renewal that counts from when it arrives',
    caughtBy: ['R5'],
    from: 42,
    cores: withInstance((state, event, now, limits) =>
      instance(state, event.type === 'renewed' ? { ...event, sentAt: now } : event, now, limits),
    ),
  },
  {
    name: 'a freeze that holds up an undo',
    caughtBy: ['R6 done'],
    from: 21,
    cores: {
      ...realCores,
      decide: (situation) =>
        decide(
          situation.observed.freezes.length === 0
            ? situation
            : { ...situation, commands: situation.commands.filter(({ kind }) => kind !== 'undo') },
        ),
    },
  },
  {
    name: 'an instance that is too busy to undo',
    caughtBy: ['R6 obeyed'],
    cores: withInstance((state, event, now, limits) =>
      event.type === 'undo' && state.phase.at === 'lent'
        ? { state, effects: [] }
        : instance(state, event, now, limits),
    ),
  },
  {
    name: 'a control that works out again what an undo is about when it does it',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      decide: (situation) =>
        decide({
          ...situation,
          commands: situation.commands.map((command) => {
            const { active } = situation;
            const now = active.find(({ state }) => state.phase.at === 'proved') ?? active[0];
            return command.kind === 'undo' && now !== undefined ? { ...command, rollout: now.id } : command;
          }),
        }),
    },
  },
  {
    name: 'a command line that orders at the instances the undo of what they serve with by then',
    caughtBy: ['R17'],
    trouble: true,
    from: 8,
    cores: {
      ...realCores,
      orderHere: ({ hash }, serves) => ({ rollout: null, from: serves ?? hash }),
    },
  },
  {
    name: 'a command line that takes the release in force with what is on its way',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      planUndo(stands, wish) {
        const plan = planUndo(stands, wish);
        const leaves = [stands.underWay, stands.inForce].flatMap((each) => each ?? []);
        return plan.kind === 'order' ? { ...plan, leaves } : plan;
      },
    },
  },
  {
    name: 'a command line that takes a further release without a question',
    caughtBy: ['R17'],
    trouble: true,
    cores: { ...realCores, planUndo: (stands, wish) => planUndo(stands, { ...wish, yes: true }) },
  },
  {
    name: 'an undo to a release that nobody has checked',
    caughtBy: ['R17'],
    trouble: true,
    cores: {
      ...realCores,
      targetOf: (_, wanted) => ({ ok: true, hash: wanted, sequence: 1, takes: [] }),
    },
  },
  {
    name: 'an instance that leaves what it has, whatever an undo names',
    caughtBy: ['R17'],
    trouble: true,
    cores: withInstance((state, event, now, limits) => {
      const from = 'offer' in state.phase ? state.phase.offer.release.hash : state.good?.hash;
      const named = event.type === 'undo' && from !== undefined ? { ...event, rollout: null, from } : event;
      return instance(state, named, now, limits);
    }),
  },
];
