import type { step } from '../../rollout/instance/instance.ts';
import {
  type InstanceEffect,
  type InstanceEvent,
  type InstanceLimits,
  type InstanceState,
  newInstance,
} from '../../rollout/instance/state.ts';

/** Feeds events to the core one at a time, and has its effects carried out in their order. */
export interface Runner {
  readonly state: InstanceState;
  dispatch(event: InstanceEvent): void;
}

/** `carryOut` may dispatch; what it dispatches comes after the effects that are left. */
export function createRunner(options: {
  step: typeof step;
  limits: InstanceLimits;
  now: () => number;
  carryOut: (effect: InstanceEffect) => void;
  changed: (state: InstanceState) => void;
}): Runner {
  const events: InstanceEvent[] = [];
  let state = newInstance;
  let running = false;

  const next = (event: InstanceEvent): void => {
    const stepped = options.step(state, event, options.now(), options.limits);
    const moved = stepped.state !== state;
    state = stepped.state;
    for (const effect of stepped.effects) options.carryOut(effect);
    if (moved || stepped.effects.length > 0) options.changed(state);
  };
  return {
    get state() {
      return state;
    },
    dispatch(event) {
      events.push(event);
      if (running) return;
      running = true;
      try {
        for (let first = events.shift(); first !== undefined; first = events.shift()) next(first);
      } finally {
        running = false;
      }
    },
  };
}
