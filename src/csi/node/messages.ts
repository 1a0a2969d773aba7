import protobuf from 'protobufjs/light.js'

/** The messages of CSI v1 and of kubelet's plugin registration v1 that a node plugin needs, by their field numbers. */

const text = (id: number) => ({ type: 'string', id })
const flag = (id: number) => ({ type: 'bool', id })
const integer = (id: number) => ({ type: 'int64', id })
const message = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: 'repeated', type, id })
const map = (id: number) => ({ keyType: 'string', type: 'string', id })
const empty = { fields: {} }

const csi = {
  GetPluginInfoRequest: empty,
  GetPluginInfoResponse: { fields: { name: text(1), vendorVersion: text(2) } },
  GetPluginCapabilitiesRequest: empty,
  GetPluginCapabilitiesResponse: empty,
  ProbeRequest: empty,
  ProbeResponse: { fields: { ready: message('Ready', 1) } },
  /** What google.protobuf.BoolValue looks like. */
  Ready: { fields: { value: flag(1) } },

  BlockVolume: empty,
  MountVolume: { fields: { fsType: text(1), mountFlags: many('string', 2) } },
  Mode: {
    values: {
      UNKNOWN: 0,
      SINGLE_NODE_WRITER: 1,
      SINGLE_NODE_READER_ONLY: 2,
      MULTI_NODE_READER_ONLY: 3,
      MULTI_NODE_SINGLE_WRITER: 4,
      MULTI_NODE_MULTI_WRITER: 5,
      SINGLE_NODE_SINGLE_WRITER: 6,
      SINGLE_NODE_MULTI_WRITER: 7,
    },
  },
  AccessMode: { fields: { mode: message('Mode', 1) } },
  VolumeCapability: {
    fields: {
      block: message('BlockVolume', 1),
      mount: message('MountVolume', 2),
      accessMode: message('AccessMode', 3),
    },
  },
  NodeStageVolumeRequest: {
    fields: {
      volumeId: text(1),
      publishContext: map(2),
      stagingTargetPath: text(3),
      volumeCapability: message('VolumeCapability', 4),
      volumeContext: map(6),
    },
  },
  NodeStageVolumeResponse: empty,
  NodeUnstageVolumeRequest: { fields: { volumeId: text(1), stagingTargetPath: text(2) } },
  NodeUnstageVolumeResponse: empty,
  NodePublishVolumeRequest: {
    fields: {
      volumeId: text(1),
      publishContext: map(2),
      stagingTargetPath: text(3),
      targetPath: text(4),
      volumeCapability: message('VolumeCapability', 5),
      readonly: flag(6),
      volumeContext: map(8),
    },
  },
  NodePublishVolumeResponse: empty,
  NodeUnpublishVolumeRequest: { fields: { volumeId: text(1), targetPath: text(2) } },
  NodeUnpublishVolumeResponse: empty,
  NodeGetCapabilitiesRequest: empty,
  NodeGetCapabilitiesResponse: { fields: { capabilities: many('NodeServiceCapability', 1) } },
  NodeServiceCapability: { fields: { rpc: message('Rpc', 1) } },
  RpcType: { values: { UNKNOWN: 0, STAGE_UNSTAGE_VOLUME: 1 } },
  Rpc: { fields: { type: message('RpcType', 1) } },
  NodeGetInfoRequest: empty,
  NodeGetInfoResponse: { fields: { nodeId: text(1), maxVolumesPerNode: integer(2) } },
}

const registration = {
  InfoRequest: empty,
  PluginInfo: {
    fields: { type: text(1), name: text(2), endpoint: text(3), supportedVersions: many('string', 4) },
  },
  RegistrationStatus: { fields: { pluginRegistered: flag(1), error: text(2) } },
  RegistrationStatusResponse: empty,
}

const root = protobuf.Root.fromJSON({
  nested: {
    csi: { nested: { v1: { nested: keepMaps(csi) } } },
    pluginregistration: { nested: registration },
  },
})

export interface Codec {
  /** The fields of a message: absent ones have their default, absent messages are null, enums are their names. */
  readonly decode: (bytes: Uint8Array) => unknown
  readonly encode: (value: object) => Buffer
}

/** Of a message by its full name, e.g. `csi.v1.ProbeRequest`. */
export function codecOf(name: string): Codec {
  const type = root.lookupType(name)
  return {
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { defaults: true, enums: String, longs: Number, arrays: true }),
    encode: (value) => Buffer.from(type.encode(type.fromObject(value)).finish()),
  }
}

/** A union of descriptors is none that the library's types know. */
function keepMaps(types: typeof csi): Record<string, protobuf.AnyNestedObject> {
  return types
}
