// What each folder of src/ may import from the others: the table in docs/explanation/architecture.md.
// `process` (the composition roots) and `cli` put the parts together; nothing imports them.
const allowed = {
  platform: [],
  config: [],
  rollout: ['config'],
  agent: ['config', 'rollout', 'platform'],
  control: ['config', 'rollout', 'platform'],
  auth: ['platform'],
  serving: ['platform'],
  ledger: ['platform'],
  handset: ['platform'],
  delivery: ['platform'],
  mpesa: ['platform', 'serving', 'auth/client', 'ledger', 'handset', 'delivery'],
  supervisor: ['platform'],
  watch: [],
  process: [
    'platform',
    'config',
    'agent',
    'control',
    'auth',
    'serving',
    'ledger',
    'handset',
    'delivery',
    'mpesa',
    'supervisor',
  ],
  cli: [
    'platform',
    'config',
    'rollout',
    'agent',
    'control',
    'auth',
    'serving',
    'ledger',
    'handset',
    'delivery',
    'mpesa',
    'supervisor',
    'process',
  ],
};

const forbidden = Object.entries(allowed).map(([folder, may]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${may.length === 0 ? 'nothing of ours but itself' : may.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '[.]test[.]ts$' },
  to: { path: '^src/', pathNot: [folder, ...may].map((name) => `^src/${name}/`) },
}));

export default {
  forbidden: [
    ...forbidden,
    {
      name: 'money-asks-no-phone',
      comment:
        'who has what is said by the composition root (parties/wallet-terms.ts), not by the simulated phone',
      severity: 'error',
      from: { path: '^src/mpesa/', pathNot: '[.]test[.]ts$' },
      to: { path: '^src/handset/(seeds|simulated|behaviour)[.]ts$' },
    },
    {
      name: 'watch-packages',
      comment:
        'the watch shares no library with what it watches but these, none of which needs another (R11)',
      severity: 'error',
      from: { path: '^src/watch/', pathNot: '[.]test[.]ts$' },
      to: { path: 'node_modules/', pathNot: '^node_modules/(typebox|yaml|nodemailer|@types/nodemailer)/' },
    },
    {
      name: 'no-unlisted-folder',
      comment: 'a new folder of src/ needs a row in the table above',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(allowed).map((name) => `^src/${name}/`) },
      to: {},
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { path: '^(test|bench|sim|drills)/|[.]test[.]ts$' },
    },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['node', 'import'],
    },
    moduleSystems: ['es6'],
    tsPreCompilationDeps: true,
  },
};
