/** Source: include/uapi/linux/genetlink.h. */

/** The controller's message type; it knows those of all other families. */
export const GENL_ID_CTRL = 16

export const CTRL_CMD_GETFAMILY = 3

export const CTRL_ATTR_FAMILY_ID = 1
export const CTRL_ATTR_FAMILY_NAME = 2

/** `struct genlmsghdr`: command u8, version u8, reserved u16. */
export const genericHeaderBytes = 4
