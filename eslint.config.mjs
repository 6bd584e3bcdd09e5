import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { readdirSync } from 'node:fs';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const FUNCTIONS = readdirSync('lambda').filter((name) => name !== 'shared');

/** The walls of the house: files of `room` import, of our own code, from the rooms `mayImport` and from nowhere else. */
const wall = (room, ...mayImport) => ({
  target: `./${room}`,
  from: './',
  except: [room, ...mayImport, 'node_modules'].map((name) => `./${name}`),
  message: `${room}/ may import of this project only ${mayImport.join(', ') || 'itself'} (see CONTRIBUTING.md)`,
});
const WALLS = [
  wall('bin', 'cli/doctor', 'lib', 'lambda/shared'),
  wall('cli', 'lib', 'lambda/shared', 'local'),
  wall('lib', 'lambda/shared'),
  wall('lib/configuration', 'lambda/shared'),
  wall('lib/functions'),
  wall('lib/step-functions'),
  wall('lib/sagemaker', 'lib/step-functions'),
  wall('lib/storage', 'lib/configuration', 'lib/sagemaker'),
  wall('lib/serving', 'lib/configuration', 'lib/sagemaker', 'lambda/shared'),
  wall('lib/pipeline', 'lib/configuration', 'lib/functions', 'lib/sagemaker', 'lib/step-functions', 'lambda/shared'),
  wall('lib/batch', 'lib/configuration', 'lib/functions', 'lib/sagemaker', 'lib/step-functions', 'lambda/shared'),
  wall('lib/api', 'lib/configuration', 'lib/functions', 'lambda/shared'),
  wall('lambda/shared'),
  wall('web', 'lambda/shared'),
  ...FUNCTIONS.map((name) => wall(`lambda/${name}`, 'lambda/shared')),
  wall('local/aws'),
  wall('local/run', 'local/aws', 'lib', 'lambda/shared'),
  wall('test', 'bin', 'cli', 'lib', 'lambda', 'local'),
  wall('bench', 'bin', 'lib', 'lambda', 'local'),
];

export default tseslint.config(
  { ignores: ['node_modules', '.venv', 'cdk.out', 'dist', '.local', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: WALLS }],
      'import-x/no-cycle': 'error',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        Buffer: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        module: 'writable',
        require: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    // Constructs are created for their effect on the tree, not for their value.
    files: ['lib/**/*.ts', 'bin/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-new': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
  prettier,
);
